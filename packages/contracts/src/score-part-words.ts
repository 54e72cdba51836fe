/** What people call the parts of scores; keys are those of `packages/domain/src/scores`. */
const WORDS: Readonly<Record<string, string>> = {
  respirationRate: 'breathing',
  spo2: 'SpO2',
  supplementalOxygen: 'oxygen',
  systolic: 'systolic pressure',
  pulse: 'pulse',
  consciousness: 'consciousness',
  temperature: 'temperature',
  meanPressure: 'mean pressure',
  leucocytes: 'leucocytes',
  paCO2: 'PaCO2',
  capillaryRefill: 'capillary refill',
  respiratoryEffort: 'effort of breathing',
  oxygenTherapy: 'oxygen therapy',
  age: 'age',
};

/** A part of a score in words, for alarm texts and explanations; one of a later version as it is. */
export function scorePartWord(part: string): string {
  return Object.hasOwn(WORDS, part) ? WORDS[part]! : part;
}
