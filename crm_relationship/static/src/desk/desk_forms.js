/** The short forms that the desk opens, made for speed; an addon may extend them as any view. */
export const LOG_FORM = "crm_relationship.crm_interaction_view_form_desk";
export const CASE_FORM = "crm_relationship.crm_case_view_form_desk";
