-- Answers of the reassigned-numbers database that came before 000014.sql stand as the rule of before took them: of two that contradict each
-- other a "no" may stand, which lets a number be called. Taken from the ledger again, by the rule of 000014.sql. The ledger is read while
-- others append; only what came meanwhile is read under the lock of the writers, and only rows that differ are touched.

-- Of this transaction alone; not a temporary one, which a server may refuse to make.
CREATE UNLOGGED TABLE breakwater.reassigned_again (
  number     text NOT NULL,
  seller_id  text NOT NULL,
  queried_at timestamptz(3) NOT NULL,
  record     jsonb NOT NULL,
  entry_id   bigint NOT NULL,
  PRIMARY KEY (number, seller_id)
);

DO $$
DECLARE
  answer record;
  above bigint := 0;
  upto bigint;
BEGIN
  FOR pass IN 1..2 LOOP
    IF pass = 2 THEN
      -- Held by every append from its first id to its commit (writer-session.ts).
      PERFORM pg_advisory_xact_lock(4217002);
    END IF;
    SELECT coalesce(max(l.id), above) INTO upto FROM breakwater.ledger l;
    FOR answer IN
      SELECT l.number, l.body::jsonb AS record, l.id FROM breakwater.ledger l
       WHERE l.kind = 'reassigned_checked' AND l.id > above AND l.id <= upto ORDER BY l.id
    LOOP
      INSERT INTO breakwater.reassigned_again AS stood (number, seller_id, queried_at, record, entry_id)
      VALUES (answer.number, answer.record ->> 'sellerId', (answer.record ->> 'queriedAt')::timestamptz(3), answer.record, answer.id)
      ON CONFLICT (number, seller_id) DO UPDATE
        SET queried_at = excluded.queried_at, record = excluded.record, entry_id = excluded.entry_id
        WHERE excluded.queried_at >= stood.queried_at
          AND (excluded.record ->> 'answer' <> 'no'
               OR CASE WHEN stood.record ->> 'answer' = 'no'
                       THEN excluded.queried_at > stood.queried_at
                            OR (excluded.record ->> 'since')::date <= (stood.record ->> 'since')::date
                       ELSE excluded.queried_at > stood.queried_at
                            AND (excluded.record ->> 'since')::date <= (stood.record ->> 'since')::date
                  END);
    END LOOP;
    above := upto;
  END LOOP;
END
$$;

UPDATE breakwater.reassigned_check AS stood
   SET queried_at = again.queried_at, record = again.record, entry_id = again.entry_id
  FROM breakwater.reassigned_again again
 WHERE stood.number = again.number AND stood.seller_id = again.seller_id AND stood.entry_id <> again.entry_id;

DROP TABLE breakwater.reassigned_again;
