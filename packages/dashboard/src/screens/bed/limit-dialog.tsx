import type { EncounterId, SetStayLimits, StayLimits } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { type FormEvent, useId, useState } from 'react';
import { setLimits, stayLimits, takeLimitsBack } from '../../live/limits-api.js';
import { metricLabel } from '../../model/condition-words.js';
import { limitNumberText, limitRangeText, metricUnitText } from '../../model/format.js';
import { canBeIdentified, identifies, type Who } from '../../model/identity-check.js';
import { isWider, limitField, limitProblem, typedLimit } from '../../model/limit-form.js';
import { useStation } from '../../parts/hooks.js';
import { whenText } from '../../parts/parts.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { IdentityField, WhoBadge } from '../stays/identity-parts.js';
import { useCommand } from '../stays/use-command.js';

const HOUR_MS = 3_600_000;
const HOURS = [1, 4, 12, 24, 72] as const;
/** The longest that a stay may have: a little less, because the press takes a moment. */
const MARGIN_MS = 60_000;

interface LimitDialogProps {
  readonly encounterId: EncounterId;
  readonly line: StayLimits;
  readonly who: Who;
  readonly place: string;
  readonly onClose: () => void;
}

/**
 * Limits of one metric for one person, until a time, with a reason. Two identifiers stand above what is written. Not modal: the alarm
 * bar and its Accept stay within reach.
 */
export function LimitDialog({ encounterId, line, who, place, onClose }: LimitDialogProps) {
  const form = useLimitForm(encounterId, line, who, onClose);
  const title = t('bed:setTitle', { what: metricLabel(line.metric) });
  return (
    <Dialog.Root open modal={false} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Content
          className="limit-dialog"
          aria-describedby={undefined}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <Dialog.Title>{title}</Dialog.Title>
          <WhoBadge who={who} place={place} />
          <form className="form" noValidate onSubmit={form.submit}>
            <div className="fields">
              <LimitField side="low" line={line} value={form.low} onChange={form.setLow} />
              <LimitField side="high" line={line} value={form.high} onChange={form.setHigh} />
            </div>
            <Meanwhile seen={line} now={form.now} />
            {form.wider ? <p className="limit-wider">{t('bed:wider')}</p> : null}
            <ReasonAndEnd reason={form.reason} setReason={form.setReason} hours={form.hours} setHours={form.setHours} />
            <IdentityField who={who} value={form.typed} onChange={form.setTyped} />
            <p className="form-error" role="alert">
              {form.error}
            </p>
            <div className="form-buttons">
              <button type="submit" className="button primary" aria-disabled={form.busy}>
                {form.busy ? t('bed:sending') : t('bed:set')}
              </button>
              {form.now.own ? (
                <button type="button" className="button" aria-disabled={form.busy} onClick={form.takeBack}>
                  {t('bed:takeBack')}
                </button>
              ) : null}
              <button type="button" className="button" onClick={() => onClose()}>
                {t('bed:cancel')}
              </button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useLimitForm(encounterId: EncounterId, line: StayLimits, who: Who, onClose: () => void) {
  const { metric, own } = line;
  const station = useStation();
  const command = useCommand();
  const { now, look } = useNow(encounterId, line);
  const [low, setLow] = useState(limitField(metric, own?.low ?? null));
  const [high, setHigh] = useState(limitField(metric, own?.high ?? null));
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState<number>(4);
  const [typed, setTyped] = useState('');
  const limits = [typedLimit(metric, low, own?.low), typedLimit(metric, high, own?.high)] as const;
  const [lowest, highest] = limits.map((each) => (each.ok ? each.value : null)) as [number | null, number | null];
  const isIdentified = (): boolean => {
    if (canBeIdentified(who) && identifies(typed, who)) return true;
    command.say(t('bed:wrongPerson'));
    return false;
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const nowMs = station.liveNow()?.eventMs;
    const problem = limitProblem(metric, ...limits);
    if (problem) return command.say(t(`bed:problem.${problem}`));
    if (reason.trim() === '') return command.say(t('bed:noReason'));
    if (nowMs === undefined) return command.say(t('bed:notOpen'));
    if (!isIdentified()) return;
    const toMs = Math.floor(nowMs + hours * HOUR_MS - (hours === 72 ? MARGIN_MS : 0)) as SetStayLimits['toMs'];
    const wanted = { low: lowest, high: highest, reason: reason.trim(), toMs };
    if (await command.send((by) => setLimits(encounterId, metric, wanted, by), now.rev)) onClose();
    else await look();
  };
  const takeBack = async (): Promise<void> => {
    if (!isIdentified()) return;
    if (await command.send((by) => takeLimitsBack(encounterId, metric, by), now.rev)) onClose();
    else await look();
  };
  return {
    ...{ low, setLow, high, setHigh, reason, setReason, hours, setHours, typed, setTyped },
    ...{ busy: command.busy, error: command.error, wider: isWider(now, lowest, highest), now },
    submit: (event: FormEvent) => void submit(event),
    takeBack: () => void takeBack(),
  };
}

/**
 * What holds, as far as this person has seen it. `look` asks for it anew after a press that did not go through: what somebody else has
 * set meanwhile is then shown above the button, and the next press is about that. What was typed stays.
 */
function useNow(encounterId: EncounterId, line: StayLimits) {
  const [now, setNow] = useState(line);
  const look = async (): Promise<void> => {
    const answer = await stayLimits(encounterId);
    const newest = answer.ok ? answer.value.items.find(({ metric }) => metric === line.metric) : undefined;
    if (newest) setNow((before) => (newest.rev === before.rev ? before : newest));
  };
  return { now, look };
}

function Meanwhile({ seen, now }: { seen: StayLimits; now: StayLimits }) {
  if (now.rev === seen.rev) return null;
  const limits = limitRangeText(now.metric, now.low, now.high) || t('bed:none');
  const reason = plainText(now.own?.reason ?? t('bed:reasonUnreadable'));
  return (
    <p className="limit-meanwhile" role="status">
      {now.own
        ? t('bed:meanwhileOwn', { limits, time: whenText(now.own.toMs), name: now.own.setByName, reason })
        : t('bed:meanwhileUnit', { limits })}
    </p>
  );
}

interface LimitFieldProps {
  readonly side: 'low' | 'high';
  readonly line: StayLimits;
  readonly value: string;
  readonly onChange: (typed: string) => void;
}

function LimitField({ side, line, value, onChange }: LimitFieldProps) {
  const id = useId();
  const ofUnit = line.unit[side];
  const limit = ofUnit === null ? t('bed:none') : limitNumberText(line.metric, ofUnit);
  return (
    <div className="field">
      <label htmlFor={id}>{t(`bed:${side}`, { unit: metricUnitText(line.metric) })}</label>
      <input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        maxLength={8}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-describedby={`${id}-hint`}
      />
      <span className="field-hint" id={`${id}-hint`}>
        {t('bed:limitHint', { limit })}
      </span>
    </div>
  );
}

interface ReasonAndEndProps {
  readonly reason: string;
  readonly setReason: (typed: string) => void;
  readonly hours: number;
  readonly setHours: (hours: number) => void;
}

function ReasonAndEnd({ reason, setReason, hours, setHours }: ReasonAndEndProps) {
  const id = useId();
  return (
    <div className="fields">
      <div className="field">
        <label htmlFor={`${id}-why`}>{t('bed:reason')}</label>
        <input
          id={`${id}-why`}
          maxLength={200}
          autoComplete="off"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={`${id}-until`}>{t('bed:until')}</label>
        <select id={`${id}-until`} value={hours} onChange={(event) => setHours(Number(event.target.value))}>
          {HOURS.map((each) => (
            <option key={each} value={each}>
              {t(`bed:hours.${each}`)}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}
