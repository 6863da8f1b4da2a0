-- What is remembered of a job; the fields of JobRecord that are given, not counted.
CREATE TABLE job (
    name TEXT PRIMARY KEY NOT NULL,
    planning TEXT NOT NULL,
    configured INTEGER NOT NULL,
    override INTEGER,
    anchor INTEGER NOT NULL,
    accounted_until INTEGER NOT NULL
) WITHOUT ROWID;

-- What follows for a job from what was recorded of it. Apart from `job`, because it changes with
-- every execution, and because it stays when a job is taken out and put back.
CREATE TABLE tally (
    job TEXT PRIMARY KEY NOT NULL,
    run_count INTEGER NOT NULL DEFAULT 0,
    failure_count INTEGER NOT NULL DEFAULT 0,
    missed_count INTEGER NOT NULL DEFAULT 0,
    -- The three for the totals: outcomes recorded in this database.
    finished INTEGER NOT NULL DEFAULT 0,
    succeeded INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    -- The last slot closed or executed to the end.
    last_slot INTEGER,
    -- The last execution that ended.
    last_execution TEXT
) WITHOUT ROWID;

CREATE TABLE execution (
    id TEXT PRIMARY KEY NOT NULL,
    job TEXT NOT NULL,
    cause TEXT NOT NULL,
    slot INTEGER,
    queued_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    reason TEXT NOT NULL DEFAULT '',
    attempt INTEGER NOT NULL DEFAULT 1,
    started_at INTEGER,
    ended_at INTEGER,
    exit_status INTEGER,
    signal INTEGER,
    requested_by TEXT NOT NULL DEFAULT '',
    pid INTEGER,
    log TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- Nothing starts before it is claimed. So a claim has to be cheap, and all that it touches grows
-- at the end: a thousand claims of one moment change a few pages, not one for each job.

-- A slot is executed once.
CREATE UNIQUE INDEX execution_by_slot ON execution (slot, job) WHERE slot IS NOT NULL;

-- What the daemon has to look after when it starts; always short.
CREATE INDEX execution_unfinished ON execution (id) WHERE state IN ('queued', 'running');

-- The history of one job, newest first, without the unfinished, which are found by the other.
CREATE INDEX execution_finished ON execution (job, id) WHERE state NOT IN ('queued', 'running');

-- Slots that were not executed, in spans.
CREATE TABLE slot (
    last INTEGER NOT NULL,
    job TEXT NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (last, job, first)
) WITHOUT ROWID;

CREATE TABLE setting (
    name TEXT PRIMARY KEY NOT NULL,
    value
) WITHOUT ROWID;
