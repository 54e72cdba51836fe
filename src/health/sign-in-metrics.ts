import { Counter, type Registry } from 'prom-client';

/** Which limit of guesses somebody ran into. */
export type GuessLimit = 'account' | 'address' | 'name' | 'code' | 'passkey';

/** How sign-ins go. No label says whose. */
export class SignInMetrics {
  private readonly signIns: Counter<'method'>;
  private readonly heldUp: Counter<'limit'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.signIns = new Counter({
      name: 'vigil_sign_ins_total',
      help: 'Sessions that people opened here, by the last thing that they showed',
      labelNames: ['method'],
      registers,
    });
    this.heldUp = new Counter({
      name: 'vigil_sign_in_attempts_held_up_total',
      help: 'Attempts to sign in that were told to wait, by the limit that they ran into',
      labelNames: ['limit'],
      registers,
    });
  }

  signedIn(method: string): void {
    this.signIns.inc({ method });
  }

  attemptHeldUp(limit: GuessLimit): void {
    this.heldUp.inc({ limit });
  }
}
