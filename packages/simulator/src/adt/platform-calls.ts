const REQUEST_TIMEOUT_MS = 5_000;

/** The platform cannot be asked just now, or not with this token. Worth trying again later. */
export class AdtOutage extends Error {
  override readonly name = 'AdtOutage';
  readonly retryable = true;

  constructor(
    readonly code: 'unreachable' | 'not-authorized' | 'server-error' | 'unexpected-answer',
    readonly status: number | null,
    cause?: unknown,
  ) {
    super(`platform: ${code}${status === null ? '' : ` (HTTP ${status})`}`, { cause });
  }
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Requests to the platform's REST API with the service token. */
export class PlatformCalls {
  constructor(
    private readonly apiUrl: string,
    private readonly token: string,
  ) {}

  /** @throws AdtOutage when it can't be reached, does not take the token, or has trouble of its own */
  async call(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    let answer: Answer;
    try {
      const response = await fetch(new URL(`/api/v1${path}`, this.apiUrl), {
        method,
        headers: {
          authorization: `Bearer ${this.token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      answer = { status: response.status, body: parseJson(text) };
    } catch (cause) {
      throw new AdtOutage('unreachable', null, cause);
    }
    if (answer.status === 401 || answer.status === 403) throw new AdtOutage('not-authorized', answer.status);
    if (answer.status >= 500 || answer.status === 429) throw new AdtOutage('server-error', answer.status);
    return answer;
  }
}

export const isDone = ({ status }: Answer): boolean => status === 200 || status === 201 || status === 204;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
