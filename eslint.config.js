import tseslint from 'typescript-eslint';

const TIME = 'Time comes through the Clock port (@vigil/clock), so that tests can move it and replays can scale it.';
const FAKES = 'Fakes, not mocks: give the code a small object that keeps the promises of the port.';

/** Time by name, e.g. `Date.now()`, and timers: allowed only where the outside world is met. */
const timeRules = {
  'no-restricted-globals': ['error', ...['setTimeout', 'setInterval'].map((name) => ({ name, message: TIME }))],
  'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: TIME }],
};

const testRules = {
  'no-restricted-properties': [
    'error',
    ...['mock', 'unstable_mockModule', 'useFakeTimers', 'spyOn', 'fn'].map((property) => ({
      object: 'jest',
      property,
      message: FAKES,
    })),
  ],
};

const plainSyntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Exports have names; default exports are for configuration files.' },
  { selector: 'TSEnumDeclaration', message: 'A union of strings says the same and disappears at run time.' },
];

const WORDS = "Screens say nothing in English: put the words into packages/dashboard/src/words/en and say t('area:key').";
const SAID = '/[A-Za-z]{2}/';
const SAID_BY = '/^(aria-label|aria-description|title|alt|placeholder|label|hint|what|text)$/';

/** Words in the code of a screen: as its text, in what is spoken or shown of an element, in either branch of a condition. */
const hardCodedWords = [
  `JSXText[value=${SAID}]`,
  `JSXAttribute[name.name=${SAID_BY}] > Literal[value=${SAID}]`,
  `JSXAttribute[name.name=${SAID_BY}] TemplateElement[value.raw=${SAID}]`,
  `JSXElement > JSXExpressionContainer > Literal[value=${SAID}]`,
  `JSXElement > JSXExpressionContainer > TemplateLiteral > TemplateElement[value.raw=${SAID}]`,
  `JSXElement > JSXExpressionContainer > ConditionalExpression > Literal[value=${SAID}]`,
].map((selector) => ({ selector, message: WORDS }));

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '**/node_modules/',
      'coverage/',
      '.vigil*/',
      'packages/dashboard/dist/',
      'packages/dashboard/dist-gallery/',
    ],
  },
  ...tseslint.configs.strict,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'prefer-const': 'error',
      'no-restricted-imports': ['error', { paths: [{ name: 'jest-mock', message: FAKES }] }],
      'no-restricted-syntax': ['error', ...plainSyntax],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A value that the line before has proven present; `noUncheckedIndexedAccess` asks for it in loops over indexes.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A Nest module is a class without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      // `void promise` says that nobody waits for it.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    ignores: ['**/*.test.ts', '**/*.test.tsx', '**/bench/**', 'packages/dashboard/**'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'edge-gateway/src/**/*.ts', 'src/**/*.ts'],
    ignores: [
      'packages/clock/**',
      'packages/dashboard/**',
      'src/adapters/**',
      '**/main.ts',
      '**/*.test.ts',
      '**/test-support/**',
    ],
    rules: timeRules,
  },
  { files: ['**/*.test.ts', '**/*.test.tsx', 'test/**'], rules: testRules },
  {
    // All words of the dashboard stand in packages/dashboard/src/words.
    files: ['packages/dashboard/src/**/*.tsx'],
    rules: { 'no-restricted-syntax': ['error', ...plainSyntax, ...hardCodedWords] },
  },
  { files: ['scripts/**', '**/bench/**', 'test/bench/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.config.{js,ts,mjs}', 'eslint.config.js', 'jest.config.js', '.dependency-cruiser.cjs'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
