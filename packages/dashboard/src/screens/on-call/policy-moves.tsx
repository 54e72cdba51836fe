import type { PolicyDetail } from '@vigil/contracts';
import { useState } from 'react';
import { movePolicy, type PolicyMove } from '../../live/policies-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { mayDecide, movesOf, type OfferedMove } from '../../model/policy-moves.js';
import { useSubmit } from '../../parts/form.js';
import { Section } from '../../parts/parts.js';
import { queries } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { LineField } from './line-field.js';

const HINDRANCE = {
  own: 'onCall:notOwn',
  simulation: 'onCall:needSimulation',
  refused: 'onCall:finding_refused',
} as const;

/** Two people stand behind each policy: one proposes, another decides. */
export function PolicyMoves({ policy }: { policy: PolicyDetail }) {
  const { user, checked, serverNowMs } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [reason, setReason] = useState('');
  /* What the reason is about: what was shown when it was begun. */
  const [seen, setSeen] = useState<PolicyDetail | null>(null);
  const [done, setDone] = useState<PolicyMove | null>(null);
  if (!mayDecide(user?.roles ?? [])) {
    return (
      <Section title={t('onCall:movesTitle')}>
        <p className="state-note">{t('onCall:mayNot')}</p>
      </Section>
    );
  }
  const moves = movesOf(policy, user?.staffId ?? '', serverNowMs());
  const act = (move: PolicyMove): void =>
    void run(async () => {
      setDone(null);
      if (reason.trim() === '') return t('onCall:needReason');
      const answer = checked(await movePolicy(seen ?? policy, move, reason.trim()));
      await queries.invalidateQueries({ queryKey: ['policies'] });
      if (answer.ok || answer.trouble.code === 'revision-moved') setSeen(null);
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      setDone(move);
      setReason('');
      return '';
    });
  const hindrances = [...new Set(moves.flatMap(({ hindrance }) => hindrance ?? []))];
  return (
    <Section title={t('onCall:movesTitle')}>
      {done === null ? null : <p role="status">{t(`onCall:moved_${done}`)}</p>}
      {hindrances.map((hindrance) => (
        <p key={hindrance} className="state-note">
          {t(HINDRANCE[hindrance])}
        </p>
      ))}
      {moves.length === 0 ? (
        <p className="state-note">{t(`onCall:state_${policy.state}`)}</p>
      ) : (
        <>
          <LineField
            label={t('onCall:moveReason')}
            hint={t('onCall:moveReasonHint')}
            value={reason}
            onChange={(text) => {
              setReason(text);
              setSeen(text === '' ? null : (seen ?? policy));
            }}
            maxLength={500}
          />
          <p className="form-error" role="alert">
            {error}
          </p>
          <div className="form-buttons">
            {moves.map((offered) => (
              <Move key={offered.move} offered={offered} busy={busy} onPress={() => act(offered.move)} />
            ))}
          </div>
        </>
      )}
    </Section>
  );
}

function Move({ offered, busy, onPress }: { offered: OfferedMove; busy: boolean; onPress: () => void }) {
  const { move, hindrance } = offered;
  return (
    <button
      type="button"
      className={move === 'activate' || move === 'approve' ? 'button primary' : 'button'}
      aria-disabled={busy}
      disabled={hindrance !== null}
      onClick={onPress}
    >
      {busy ? t('onCall:saving') : t(`onCall:move_${move}`)}
    </button>
  );
}
