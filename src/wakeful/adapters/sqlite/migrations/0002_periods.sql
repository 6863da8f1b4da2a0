-- When the machine slept or was off, and when its clock was set. A few a day: searched as a whole.
CREATE TABLE period (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    asleep INTEGER NOT NULL,
    step INTEGER NOT NULL,
    source TEXT NOT NULL
);

-- What became of one slot of a job. Slots are closed seldom, so this is no burden.
CREATE INDEX slot_by_job ON slot (job, last);
