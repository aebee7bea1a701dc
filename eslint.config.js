import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist/', 'data/', '.tap/', 'src/wire/generated/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-constant-binary-expression': 'error',
      'no-eval': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable-loop': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',

      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],

      // Elements of arrays and records are typed as present (no noUncheckedIndexedAccess: typed arrays are read on hot
      // paths), so the compiler calls a needed test for undefined unnecessary, and `!` states what the code has proved.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Frame kinds and statuses are constant objects; comparing them with the plain numbers of a frame is the point.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // flatc writes static methods, and tables of them are how a record finds its accessor; they use no `this`.
      '@typescript-eslint/unbound-method': ['error', { ignoreStatic: true }],
      // A type parameter used once still ties an argument to the kind that it belongs to.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // A class of static functions is a namespace with a name that its users already know.
      '@typescript-eslint/no-extraneous-class': ['error', { allowStaticOnly: true }],
      // An interface may ask for a promise that an implementation has at once.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/cli/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // t.test() returns a promise that tap itself waits for.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafePromises: [{ from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }] },
      ],
      // Tests throw odd values and call things wrongly on purpose.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // fast-check takes its verbosity as a number.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      'no-template-curly-in-string': 'off',
    },
  },
);
