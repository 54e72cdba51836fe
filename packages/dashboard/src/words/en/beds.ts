/** The central station: tiles, the strip above them, what a bed is. */
export const beds = {
  daysHours: '{{days}} d {{hours}} h',

  // Numbers.
  temp: 'Temp',
  own: 'own',
  last: 'last {{value}}',
  ago: '{{age}} ago',
  secondsOld: '{{seconds}} s old',
  noData: 'no data',
  cuff: 'NIBP {{value}}, {{age}} ago',
  questionable: 'questionable',
  leadsOff: 'LEADS OFF',
  artefact: 'ARTEFACT',
  calibrating: 'CALIBRATING',
  outOfRange: 'OUT OF RANGE',
  notMeasured: 'NOT MEASURED',
  noValue: 'NO VALUE',

  // Early warning scores: what a person stands for and what the machine makes of it never share a label.
  charted: '{{score}} {{total}} charted {{age}}',
  chartedExpired: '{{score}} {{total}} charted {{age}} EXPIRED',
  estimate: '{{score}} est {{range}}',
  estimateExpired: '{{score}} est EXPIRED',
  underMinute: '<1 min',
  minutes: '{{minutes}} min',
  hours: '{{hours}} h',

  // How many beds this picture speaks for.
  reporting_one: '{{reporting}} of {{count}} bed reporting at {{time}}.',
  reporting_other: '{{reporting}} of {{count}} beds reporting at {{time}}.',
  notReporting: 'NOT reporting: {{beds}}.',
} as const;
