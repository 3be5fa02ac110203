"""Photos that staff add to a ticket: as safe as a rider's, and never counted or shown as one."""
