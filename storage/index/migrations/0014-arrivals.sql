-- The newest arrivals: the imaging room's board and the ward's first page go from here and stop at their limit.
create index study_received on study (first_received_at desc);
