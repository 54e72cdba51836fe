import { connect, type Socket } from 'node:net';
import type { Clock } from '@vigil/clock';
import { answerCode, hl7Frame, type Hl7Names } from './hl7-message.js';
import type { MoveSink, Told, ToldMove } from './move-sink.js';
import { AdtOutage } from './platform-calls.js';

const ANSWER_TIMEOUT_MS = 10_000;
/** An answer is a few lines; more is no answer. */
const ANSWER_BYTES_MAX = 65_536;
const END = '\x1c\r';

export interface Hl7MovesOptions extends Hl7Names {
  /** On this machine: there is no TLS. */
  readonly port: number;
  readonly clock: Clock;
}

/**
 * Tells the platform by HL7 v2 over MLLP, on one connection that is made anew when it ends. One message is on its way at a time. Not
 * supported: TLS, and so no port of another machine.
 */
export class Hl7Moves implements MoveSink {
  private socket: Socket | null = null;
  private readonly bedOf = new Map<string, string>();

  constructor(private readonly options: Hl7MovesOptions) {}

  async tell(move: ToldMove): Promise<Told> {
    const { encounterId, bedId, kind } = move;
    const code = answerCode(await this.exchange(hl7Frame(move, this.options, this.bedOf.get(encounterId) ?? null)));
    if (code === null) throw new AdtOutage('unexpected-answer', null);
    if (kind === 'discharge') this.bedOf.delete(encounterId);
    else this.bedOf.set(encounterId, bedId);
    if (code === 'AA' || code === 'CA') return 'accepted';
    // AE: kept for a person. AR: not for this system.
    return code === 'AE' || code === 'CE' ? 'task' : 'refused';
  }

  close(): void {
    this.socket?.destroy();
    this.socket = null;
  }

  private exchange(frame: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = (this.socket ??= this.open());
      let answer = '';
      const end = (error: AdtOutage | null): void => {
        cancel();
        socket.off('data', heard).off('close', lost);
        if (error === null) return resolve(answer);
        this.close();
        reject(error);
      };
      const heard = (chunk: Buffer): void => {
        answer += chunk.toString('utf8');
        if (answer.length > ANSWER_BYTES_MAX) end(new AdtOutage('unexpected-answer', null));
        else if (answer.endsWith(END)) end(null);
      };
      const lost = (): void => end(new AdtOutage('unreachable', null));
      const cancel = this.options.clock.after(ANSWER_TIMEOUT_MS, lost);
      socket.on('data', heard).on('close', lost);
      socket.write(frame);
    });
  }

  private open(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.options.port });
    // Whatever the error, the connection closes, and that is what counts.
    socket.on('error', () => undefined);
    // A connection that ends between two messages is made anew for the next one.
    socket.once('close', () => {
      if (this.socket === socket) this.socket = null;
    });
    return socket;
  }
}
