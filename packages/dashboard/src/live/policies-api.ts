import { listOf, type NewPolicy, PolicyDetail, PolicySimulation, PolicyVersion } from '@vigil/contracts';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';
import { uuid } from './uuid.js';

const POLICIES = '/api/v1/policies';
const Versions = listOf(PolicyVersion);
const change = (rev: number) => ({ 'if-match': `"${rev}"`, 'idempotency-key': uuid() });

export const policies = (): Promise<Answer<z.infer<typeof Versions>>> => request('GET', POLICIES, Versions);
export const policy = (hash: string): Promise<Answer<PolicyDetail>> => request('GET', `${POLICIES}/${hash}`, PolicyDetail);
export const policyFile = (hash: string): string => `${POLICIES}/${hash}/file`;

/** A draft. The same words are the same policy. */
export const keepPolicy = (body: z.input<typeof NewPolicy>): Promise<Answer<PolicyDetail>> =>
  request('POST', POLICIES, PolicyDetail, { body, headers: { 'idempotency-key': uuid() } });
/** Kept with the policy, for its approval. */
export const simulatePolicy = (hash: string, days: number): Promise<Answer<PolicySimulation>> =>
  request('POST', `${POLICIES}/${hash}/simulate`, PolicySimulation, { body: { days }, timeoutMs: SIMULATION_TIMEOUT_MS });

export type PolicyMove = 'propose' | 'approve' | 'reject' | 'withdraw' | 'activate';
/** @param policy as it was shown: what was compared with is named by an approval */
export const movePolicy = (
  { hash, rev, replaces }: Pick<PolicyDetail, 'hash' | 'rev' | 'replaces'>,
  move: PolicyMove,
  reason: string,
): Promise<Answer<PolicyVersion>> =>
  request('POST', `${POLICIES}/${hash}/${move}`, PolicyVersion, {
    body: move === 'approve' ? { comparedWith: replaces, reason } : { reason },
    headers: change(rev),
  });

/** It goes through the alarms of a week, between other work of the server. */
const SIMULATION_TIMEOUT_MS = 60_000;
