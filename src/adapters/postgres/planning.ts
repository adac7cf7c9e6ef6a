/** How the server plans for the sessions of decisions: those that write entries and those that look records up. */

/**
 * Every look-up of these sessions and their triggers is by key; a plan made while the table was small must not scan it for ever. What must
 * be scanned all the same looks so dear that the server would compile it, for longer than an append may take: hence no JIT. And one
 * plan for all keys: left to itself the server plans the question of a decision anew each time, for longer than it takes to answer it.
 */
export const LOOK_UPS_BY_INDEX = `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
   SET plan_cache_mode = force_generic_plan`;
