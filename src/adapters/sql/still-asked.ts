import { sql } from 'kysely';

/**
 * Of an escalation `e` and its alarm `a` in a query: somebody is asked to go. Also where nobody is left to be told and the alarm holds: that
 * nobody came is no word that nobody need come.
 */
export const STILL_ASKED = sql<boolean>`(e.state IN ('pending', 'running') OR (e.state = 'ended' AND e.ended_why = 'ranOut' AND a.active = 1))`;
