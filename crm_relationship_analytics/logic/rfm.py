"""The named segment of a customer by his scores of recency, frequency and monetary value.

Source: the eleven segments as Putler published them ("RFM Analysis For Successful Customer
Segmentation"), by recency and the mean of frequency and monetary value; their ranges are given in
the R package ``rfm``, too. These ranges overlap. Here each pair of scores is in one of the segments
whose published range it lies in, chosen so that they are apart as in the widely used grid of
recency by frequency.
"""

NO_PURCHASE = "no_purchase"
# By recency 1 (long ago) to 5 (just now); in each row by the mean of frequency and monetary value,
# 1 (least) to 5.
GRID = (
    ("lost", "lost", "at_risk", "cannot_lose", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "at_risk"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("promising", "potential_loyalist", "potential_loyalist", "loyal", "loyal"),
    ("new", "potential_loyalist", "potential_loyalist", "champions", "champions"),
)


def rfm_segment(r_score: int, f_score: int, m_score: int) -> str:
    """Return the segment of three scores, each 1 (least) to 5, or 0 for who did not buy.

    The mean of frequency and monetary value is rounded up.

    >>> rfm_segment(5, 5, 4), rfm_segment(5, 1, 1), rfm_segment(4, 1, 2)
    ('champions', 'new', 'potential_loyalist')
    >>> rfm_segment(1, 4, 4), rfm_segment(2, 5, 5), rfm_segment(0, 0, 0)
    ('cannot_lose', 'at_risk', 'no_purchase')
    """
    if not min(r_score, f_score, m_score):
        return NO_PURCHASE
    return GRID[r_score - 1][(f_score + m_score + 1) // 2 - 1]
