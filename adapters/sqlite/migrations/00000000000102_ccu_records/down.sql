ALTER TABLE interfaces DROP COLUMN compared_at;
ALTER TABLE interfaces DROP COLUMN read_at;
ALTER TABLE interfaces DROP COLUMN simplified;
ALTER TABLE interfaces DROP COLUMN serial;
DROP TABLE ccu_restores;
ALTER TABLE ccu_backups DROP COLUMN failure_kind;
ALTER TABLE ccu_backups DROP COLUMN failure_hint;
ALTER TABLE ccu_backups DROP COLUMN contents_json;
