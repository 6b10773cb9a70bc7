-- What happened once to this state, such as its first seeding, and when.

CREATE TABLE state_marks (
    mark TEXT NOT NULL PRIMARY KEY,
    at   TEXT NOT NULL
) STRICT;
