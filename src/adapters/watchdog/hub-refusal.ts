const ANSWER_WITHIN_MS = 3_000;

/**
 * Why the hub takes no events although it answers, as its `/health/ready` says, e.g. `disk-full`; null when it takes
 * them and when it can't be asked there: whether it answers at all is seen over the log itself.
 */
export async function hubRefusal(healthUrl: string): Promise<string | null> {
  try {
    const response = await fetch(new URL('/health/ready', healthUrl), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (response.status !== 503) {
      await response.body?.cancel();
      return null;
    }
    const { reason } = (await response.json()) as { reason?: unknown };
    return typeof reason === 'string' ? reason : 'not ready';
  } catch {
    return null;
  }
}
