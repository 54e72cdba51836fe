import type { PolicyContent, PolicyDetail, PolicySimulation, PolicyState, Role } from '@vigil/contracts';
import type { PolicyMove } from '../live/policies-api.js';
import { t } from '../words/words.js';

/** As the server has it: a simulation older than this is not enough to propose a policy. */
export const SIMULATION_VALID_MS = 24 * 3_600_000;

const PLANNERS: ReadonlySet<Role> = new Set(['charge-nurse', 'admin']);
const DECIDERS: ReadonlySet<Role> = new Set(['charge-nurse', 'physician', 'admin']);
const CLINICIANS: ReadonlySet<Role> = new Set(['nurse', 'charge-nurse', 'physician', 'on-call']);
/* The server decides; this only keeps away what it would refuse. */
/** Who plans turns. */
export const mayPlan = (roles: readonly Role[]): boolean => roles.some((role) => PLANNERS.has(role));
/** Who proposes and approves policies. */
export const mayDecide = (roles: readonly Role[]): boolean => roles.some((role) => DECIDERS.has(role));
/** Who has turns, and with them swaps and hand-over notes. */
export const mayTakeTurns = (roles: readonly Role[]): boolean => roles.some((role) => CLINICIANS.has(role));

const MOVES: Readonly<Record<PolicyState, readonly PolicyMove[]>> = {
  draft: ['propose'],
  proposed: ['approve', 'reject', 'withdraw'],
  approved: ['activate', 'withdraw'],
  rejected: ['propose'],
  active: [],
  superseded: ['propose'],
};

export interface OfferedMove {
  readonly move: PolicyMove;
  /** Why it can't be done now. */
  readonly hindrance: 'own' | 'simulation' | 'refused' | null;
}

/** What may be done next with a policy, by this person. Who proposed it never decides about it. */
export function movesOf(
  policy: Pick<PolicyDetail, 'state' | 'proposedBy' | 'findings' | 'simulation'>,
  staffId: string,
  nowMs: number,
): readonly OfferedMove[] {
  return MOVES[policy.state].map((move) => {
    const isOwn = policy.proposedBy === staffId;
    if ((move === 'approve' || move === 'reject') && isOwn) return { move, hindrance: 'own' };
    if (move === 'propose' && policy.findings.some(({ severity }) => severity === 'refused'))
      return { move, hindrance: 'refused' };
    if (move === 'propose' && !isFresh(policy.simulation, nowMs)) return { move, hindrance: 'simulation' };
    return { move, hindrance: null };
  });
}

export const isFresh = (simulation: PolicySimulation | null, nowMs: number): boolean =>
  simulation !== null && nowMs - simulation.toWallMs <= SIMULATION_VALID_MS;

/** Loudest first: `would have paged Novak 212 times; ISA-18.2 band: overload`. */
export function simulationLines({ wouldHave }: PolicySimulation, nameOf: (staffId: string) => string): readonly string[] {
  return [...wouldHave.perPerson]
    .sort((a, b) => b.pages - a.pages)
    .map(({ staffId, pages, band }) => t('onCall:simLine', { name: nameOf(staffId), n: pages, band: t(`onCall:band_${band}`) }));
}

/** The file as people read it and compare it: one line a value, always in the same order. */
export const policyText = (content: PolicyContent): string => JSON.stringify(inOrder(content), null, 2);

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => rank(a) - rank(b)).map(([key, each]) => [key, inOrder(each)]));
}

const ORDER = ['v', 'name', 'routes', 'priorities', 'kinds', 'conditionCodes', 'steps', 'tell', 'kind', 'role', 'waitS'].concat([
  ...['scheduleId', 'staffId', 'acceptsNeeded', 'arriveWithinS', 'repeat', 'afterS', 'times'],
  ...['declineEscalates', 'nextChannelS', 'burstS'],
]);
const rank = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
