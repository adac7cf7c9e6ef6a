/** Some sites keep the country's code with the number and dial it without the other column (omit_phone_code). */
export function dialedNumber({
  phone_code: code,
  phone_number: number,
}: {
  readonly phone_code: string | null;
  readonly phone_number: string | null;
}): string {
  const digits = (number ?? '').replace(/\D/g, '');
  return /^1\d{10}$/.test(digits) ? digits : `${code ?? ''}${digits}`;
}
