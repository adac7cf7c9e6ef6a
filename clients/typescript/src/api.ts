/* written by npx vitest run --project tidy -u */
