-- Publishing asks by key only, so one plan fits all: planning its statements anew for every instance took a third of the time (2.1 ms of CPU an
-- instance alone, 1.4 with kept plans; 0.4 and 0.3 in batches of eight).
alter function publish(int, json, json, json, bytea) set plan_cache_mode = force_generic_plan;
