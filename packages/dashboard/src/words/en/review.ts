/** History of a bed: trends, table, events. */
export const review = {
  chartOf: '{{title}} over time',
  downsampled: '{{step}} min–max',
  measuredAt: 'at {{at}}',
  noValueHere: 'no value',
  summary: '{{label}}: {{min}} to {{max}} {{unit}}, mean {{mean}}, last {{last}} at {{at}}.',
  summaryNone: 'No values from {{from}} to {{to}}.',
  summaryHole: 'Nothing from {{from}} to {{to}}: {{why}}.',
  summaryMoreHoles_one: 'And {{count}} more time without values.',
  summaryMoreHoles_other: 'And {{count}} more times without values.',
  'why.neverArrived': 'messages never came from the device',
  'why.evicted': 'messages were given up by the full gateway',
  'why.damaged': 'messages were no longer readable at the gateway',
  'why.unsendable': 'messages could not be sent on by the gateway',
  'why.standby': 'the patient was away from the monitor (standby)',
  'why.notAdmitted': 'before the stay in this bed',
  'why.noData': 'no device brought values',
} as const;
