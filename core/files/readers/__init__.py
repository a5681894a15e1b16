"""One reader for each kind of document. They run in a worker process, never in the main one."""
