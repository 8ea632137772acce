/**
 * ESLint for the whole checkout: typed rules, the rooms' import licences, and what `core` may not touch.
 *
 * The tables of rooms and forbidden globals stand in scripts/rooms.js; scripts/rooms.test.ts proves that they bite.
 */
import eslint from '@eslint/js'
import tseslint from 'typescript-eslint'
import { coreRules, environmentRules, roomsPlugin } from './scripts/rooms.js'

const TESTS = ['**/*.test.ts', '**/*.spec.ts']

export default tseslint.config(
  {
    // What strangers would write is theirs: examples, and the projects that the packed package is tried in.
    ignores: [
      'dist/',
      '.types/',
      'data/',
      'conformance/sdks/',
      'examples/',
      'testing/packed/projects/',
      'bench/sandbox-project/',
      '**/node_modules/',
    ],
  },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' },
      ],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // A number or a boolean in a sentence reads the same in every run; objects are still refused.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // An async method may have nothing to await: the contract asks for a promise, memory answers at once.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { rooms: roomsPlugin },
    rules: { 'rooms/imports': 'error' },
  },
  { files: ['src/**/*.ts'], ignores: [...TESTS, 'src/cli/config.ts'], rules: environmentRules },
  { files: ['src/core/**/*.ts'], ignores: TESTS, rules: { ...environmentRules, ...coreRules } },
  {
    files: TESTS,
    rules: {
      'max-lines-per-function': 'off',
      // node:test's `describe` and `it` return promises that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['describe', 'it', 'test', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  // What measures and compares talks to a terminal.
  { files: ['scripts/**', 'bench/**', 'conformance/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
  {
    // Runs in a browser.
    files: ['src/sandbox/control/page/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['document', 'location', 'fetch', 'EventSource', 'URLSearchParams', 'setTimeout'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
  },
)
