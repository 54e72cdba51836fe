import type { PolicyContent } from '@vigil/contracts';
import { afterLastText, routeText, secondsText, targetText, type TargetNames } from '../../model/on-call-words.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';

export interface EditedPolicy {
  readonly content: PolicyContent;
  readonly careUnitIds: readonly string[];
}

/** A policy in sentences. */
export function PolicyWords({ content }: { content: PolicyContent }) {
  const { nameOf } = useNames();
  const names: TargetNames = { personName: nameOf };
  return content.routes.map((route, at) => (
    <div key={at} className="chain-route">
      <h3>{routeText(route)}</h3>
      <ol className="policy-steps">
        {route.steps.map((step, n) => (
          <li key={n}>
            {step.tell.map((target) => targetText(target, names)).join(t('onCall:and'))},{' '}
            {t('onCall:thenWait', { after: secondsText(step.waitS) })}
          </li>
        ))}
      </ol>
      <p className="field-hint">{afterLastText(route)}</p>
    </div>
  ));
}

export const unitsText = (careUnitIds: readonly string[]): string =>
  careUnitIds.length === 0 ? t('onCall:allUnits') : careUnitIds.join(', ');
