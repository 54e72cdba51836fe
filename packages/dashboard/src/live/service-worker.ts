const WORKER = '/sw.js';
/** The one name that the content policy allows: it makes the address of our service worker and of nothing else. */
const POLICY = 'vigil-service-worker';

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(text: string): string }): { createScriptURL(text: string): unknown };
}
let workerUrl: string | null = null;

/** The service worker that shows pages and keeps the files of the app; the same one when it is there already. */
export function registerWorker(): Promise<ServiceWorkerRegistration> {
  if (workerUrl === null) {
    const { trustedTypes } = window as unknown as { readonly trustedTypes?: TrustedTypes };
    const policy = trustedTypes?.createPolicy(POLICY, { createScriptURL: () => WORKER });
    workerUrl = (policy?.createScriptURL(WORKER) ?? WORKER) as string;
  }
  return navigator.serviceWorker.register(workerUrl, { scope: '/' });
}

/** Where the browser has none (plain http to another machine, a private window), the app works without. */
export async function keepFiles(): Promise<void> {
  if ('serviceWorker' in navigator) await registerWorker().catch(() => undefined);
}
