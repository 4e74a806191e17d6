"""Jobs: in a database, by DBOS, or in memory."""
