/**
 * What is wrong between a client and its hub, in words that tell what to do:
 * `refused` a key or a right (mend the connection string), `no-such-hub` hub, group or partition (mend the name),
 * `position` the reader's position is none of this log's, `stolen` another reader has the partition, `too-large` the
 * event never fits, `busy` the hub throttles or its disk is full (wait), `away` it does not answer (wait).
 */
export type HubTrouble = 'refused' | 'no-such-hub' | 'position' | 'stolen' | 'too-large' | 'busy' | 'away' | 'unknown';

/** Names and codes as @azure/core-amqp 4.4.2 and Node give them; the most telling first. */
const NAMES: readonly (readonly [HubTrouble, readonly string[]])[] = [
  ['refused', ['UnauthorizedError', 'UnauthorizedAccess', 'NotAllowedError']],
  ['no-such-hub', ['MessagingEntityNotFoundError', 'MessagingEntityDisabledError']],
  ['position', ['ArgumentError', 'ArgumentOutOfRangeError']],
  ['stolen', ['ReceiverDisconnectedError']],
  ['too-large', ['MessageTooLargeError']],
  ['busy', ['ServerBusyError', 'SenderBusyError', 'InsufficientCreditError', 'QuotaExceededError', 'TransferLimitExceeded']],
  [
    'away',
    [
      'OperationTimeoutError',
      'ServiceUnavailableError',
      'ServiceCommunicationError',
      'ConnectionLostError',
      'ConnectionForcedError',
      'DetachForcedError',
      'InternalServerError',
      'ECONNREFUSED',
      'ECONNRESET',
      'ETIMEDOUT',
      'EPIPE',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
    ],
  ],
];

/**
 * Reads what the client threw. After its retries that is an AggregateError without a code, once for each of the two
 * loops that it nests, so what happened lies up to two levels down.
 */
export function troubleOf(error: unknown): HubTrouble {
  const names = new Set(namesIn(error, 0));
  return NAMES.find(([, known]) => known.some((name) => names.has(name)))?.[0] ?? 'unknown';
}

const DEPTH_MAX = 4;

function namesIn(error: unknown, depth: number): string[] {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return [];
  const { name, code, errors } = error as { name?: unknown; code?: unknown; errors?: unknown };
  const inner = Array.isArray(errors) ? errors.flatMap((e) => namesIn(e, depth + 1)) : [];
  return [name, code].filter((n) => typeof n === 'string').concat(inner);
}
