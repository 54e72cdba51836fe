import { useEffect, useState } from 'react';
import { health, type Health } from '../../live/office-api.js';

const ASK_EVERY_MS = 30_000;
const PARTS: readonly (readonly [name: string, label: string, good: string])[] = [
  ['audit-log', 'Audit log', 'whole and signed'],
  ['audit-anchors', 'Anchors outside the database', 'take its checkpoints'],
];

/** Whether the log of all looks is whole and anchored, as the keeper of the log says. */
export function AuditChain() {
  const [state, setState] = useState<Health | null | 'asking'>('asking');
  useEffect(() => {
    const ask = (): void => void health().then(setState);
    ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <ul className="chain" aria-label="State of the audit log">
      {PARTS.map(([name, label, good]) => {
        const part = state === 'asking' || state === null ? undefined : state.parts.find((each) => each.name === name);
        const words = state === 'asking' ? 'asking…' : part?.ready ? good : part ? part.reason || 'not yet known' : 'not known';
        return (
          <li key={name} data-ready={part?.ready ?? 'unknown'}>
            <span aria-hidden="true">{part?.ready ? '✓' : state === 'asking' ? '…' : '!'}</span> <b>{label}</b> {words}
          </li>
        );
      })}
      <li className="chain-how">
        To check it without Vigil: <code>vigil verify-audit</code>
      </li>
    </ul>
  );
}
