import { useRef } from 'react';
import { scoreChips } from '../../model/score-chip.js';
import type { BedInfo } from '../../model/unit-state.js';
import { usePaint } from '../../parts/hooks.js';

/** The early warning scores of whoever lies here, with their basis and age. Painted, because ages go on by themselves. */
export function TileScores({ bed }: { readonly bed: BedInfo }) {
  const root = useRef<HTMLParagraphElement>(null);
  const shown = useRef('');
  usePaint((now) => {
    const chips = scoreChips(bed.scores, bed.encounter?.encounterId, now);
    const key = chips.map(({ text }) => text).join('|');
    if (!root.current || key === shown.current) return;
    shown.current = key;
    root.current.replaceChildren(
      ...chips.map(({ basis, text, isExpired }) => {
        const chip = document.createElement('span');
        chip.className = 'score';
        chip.dataset['basis'] = basis;
        chip.dataset['expired'] = String(isExpired);
        chip.textContent = text;
        return chip;
      }),
    );
  });
  return <p ref={root} className="tile-scores" />;
}
