"""The commands, one module each, loaded when the command is given: an installation may lack what others need."""
