import { PlatformError } from '@vigil/domain';
import { AddressGone, type OutgoingPage } from '../../ports/pager.js';
import { type Answer, NoAnswer } from './bounded-post.js';

/** Statuses below 500 that ask to try again: request timeout, too early, too many requests. */
const RETRYABLE_STATUSES = new Set([408, 425, 429]);
const GONE_STATUSES = new Set([404, 410]);

type Named = Pick<OutgoingPage, 'pageId' | 'attempts'>;

const factsOf = ({ pageId, attempts }: Named) => ({ ids: [`page:${pageId}`], attempt: attempts }) as const;

export function failed(page: Named, retryable: boolean): PlatformError {
  return new PlatformError('pager-unavailable', factsOf(page), retryable);
}

/** There is nobody at this address any more. */
export function gone(page: Named): AddressGone {
  return new AddressGone(factsOf(page));
}

/**
 * The answer of a provider that took the page, or one that says that the address is gone (404, 410), which means what the channel says.
 * @throws PlatformError('pager-unavailable') for every other answer and for none, with nothing in it of what was sent
 */
export async function answered(page: Named, post: Promise<Answer>): Promise<Answer> {
  const answer = await post.catch((error: unknown) => {
    throw failed(page, !(error instanceof NoAnswer && error.refused));
  });
  const { status } = answer;
  if ((status >= 200 && status < 300) || GONE_STATUSES.has(status)) return answer;
  throw failed(page, status >= 500 || RETRYABLE_STATUSES.has(status));
}
