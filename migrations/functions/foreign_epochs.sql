CREATE OR REPLACE VIEW reward_outbox.foreign_epochs AS
  -- From one epoch to the next in the index: there are as many steps as epochs.
  WITH RECURSIVE hop AS (
    (SELECT o.epoch FROM reward_outbox.outbox o ORDER BY o.epoch LIMIT 1)
    UNION ALL
    SELECT (SELECT o.epoch FROM reward_outbox.outbox o WHERE o.epoch > hop.epoch ORDER BY o.epoch LIMIT 1)
    FROM hop
    WHERE hop.epoch IS NOT NULL
  )
  SELECT hop.epoch FROM hop CROSS JOIN reward_outbox.installation i WHERE hop.epoch <> ALL (i.epochs);
COMMENT ON VIEW reward_outbox.foreign_epochs IS
  'Epochs of events that were loaded from another installation and not adopted here: those events wait.';
