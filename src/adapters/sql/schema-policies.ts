/** Where a policy is in its life (packages/domain, policies/life.ts). Its content is in `policy`. */
export interface PolicyVersionRow {
  hash: string;
  /** Sorted; an empty list is the whole site. */
  care_units_json: string;
  state: string;
  rev: number;
  proposed_by: string | null;
  approved_by: string | null;
  /** Hashes in force, by scope, that whoever approved it compared it with; null before. */
  compared_with: string | null;
  /** What the simulation answered that it was proposed with. */
  simulation_json: string | null;
  created_wall_ms: number;
  active_from_wall_ms: number | null;
  changed_wall_ms: number;
}

/** One line of its history. `reason` is sealed. */
export interface PolicyChangeRow {
  hash: string;
  rev: number;
  action: string;
  staff_id: string;
  reason: string;
  at_wall_ms: number;
}

/** `scope`: a care unit, or `*` for all that have none of their own. */
export interface PolicyInForceRow {
  scope: string;
  hash: string;
  since_wall_ms: number;
}
