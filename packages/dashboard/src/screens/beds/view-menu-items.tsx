import { DropdownMenu } from 'radix-ui';
import { type BedShow, type BedSort, SHOWS, SORTS } from '../../model/beds-search.js';
import { DENSITIES, type Density } from '../../model/grid-shape.js';
import type { Asked } from '../../parts/later.js';
import { t } from '../../words/words.js';
import { isUsual, type ViewMenuProps } from './view-choice.js';

/** Order, filter and density of the grid. Not modal: the alarm bar stays within reach. */
export function ViewMenu({ search, onChange, mayBeMine, asked }: ViewMenuProps & Asked) {
  const { sort = 'fixed', show = 'all', density } = search;
  return (
    <DropdownMenu.Root modal={false} defaultOpen={asked}>
      <DropdownMenu.Trigger className="button view-button" data-usual={isUsual(search)}>
        {t('beds:view')}
        <span aria-hidden="true">▾</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu view-menu" align="end" sideOffset={6}>
          <Choice
            title={t('beds:showTitle')}
            value={show}
            values={SHOWS.filter((each) => mayBeMine || each !== 'mine')}
            word={(each) => t(`beds:show.${each}`)}
            onChoose={(value: BedShow) => onChange({ ...search, show: value })}
          />
          <Choice
            title={t('beds:sortTitle')}
            value={sort}
            values={SORTS}
            word={(each) => t(`beds:sort.${each}`)}
            onChoose={(value: BedSort) => onChange({ ...search, sort: value })}
          />
          <Choice
            title={t('beds:densityTitle')}
            value={density ?? 'auto'}
            values={['auto', ...DENSITIES] as const}
            word={(each) => t(`beds:density.${each}`)}
            onChoose={(value: Density | 'auto') => onChange({ ...search, density: value === 'auto' ? undefined : value })}
          />
          <DropdownMenu.Separator className="menu-line" />
          {/* After the menu has gone: it is no part of what is printed. */}
          <DropdownMenu.Item className="menu-item" onSelect={() => setTimeout(() => print(), 100)}>
            {t('beds:print')}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ChoiceProps<T extends string> {
  readonly title: string;
  readonly value: T;
  readonly values: readonly T[];
  readonly word: (value: T) => string;
  readonly onChoose: (value: T) => void;
}

function Choice<T extends string>({ title, value, values, word, onChoose }: ChoiceProps<T>) {
  const chosen = (next: string): void => {
    const known = values.find((each) => each === next);
    if (known !== undefined) onChoose(known);
  };
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={chosen} aria-label={title}>
      <DropdownMenu.Label className="menu-label">{title}</DropdownMenu.Label>
      {values.map((each) => (
        <DropdownMenu.RadioItem key={each} className="menu-item" value={each}>
          <span className="menu-tick" aria-hidden="true">
            <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
          </span>
          {word(each)}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
