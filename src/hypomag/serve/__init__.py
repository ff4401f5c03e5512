"""Where people work: thin routes. The clock is read here and in the command line, nowhere else."""
