-- Consents of one seller in order of their numbers, page by page: whose numbers the reassigned-numbers database must be asked about.
CREATE INDEX consent_of_seller ON breakwater.consent (seller_id, number COLLATE "C");
