"""When and where work is done: worker threads, timers, the watch over executions."""
