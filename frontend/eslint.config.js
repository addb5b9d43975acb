import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import refresh from 'eslint-plugin-react-refresh';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig([
  globalIgnores(['build']),
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      js.configs.recommended,
      tseslint.configs.recommendedTypeChecked,
      hooks.configs.flat['recommended-latest'] ?? hooks.configs.flat.recommended,
      refresh.configs.vite,
      a11y.flatConfigs.recommended,
    ],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      complexity: ['error', 8],
      eqeqeq: 'error',
      'max-depth': ['error', 2],
      'max-lines': ['error', 300],
      'no-console': 'error',
      'object-shorthand': 'error',
    },
  },
]);
