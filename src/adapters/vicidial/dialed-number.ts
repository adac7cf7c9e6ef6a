/**
 * The digits with the country's code. Where the code's column is not dialed (omit_phone_code) anything may stand in it, and some sites keep the
 * code with the number: ten digits behind no code, or eleven with a 1, are of the North American plan, as VICIdial dials them there.
 */
export function dialedNumber({
  phone_code: code,
  phone_number: number,
}: {
  readonly phone_code: string | null;
  readonly phone_number: string | null;
}): string {
  const digits = digitsOf(number);
  if (/^1\d{10}$/.test(digits)) return digits;
  // An international prefix (0, 00) says nothing of the country.
  const country = digitsOf(code).replace(/^0+/, '');
  return country === '' && digits.length === 10 ? `1${digits}` : `${country}${digits}`;
}

const digitsOf = (text: string | null): string => (text ?? '').replace(/\D/g, '');
