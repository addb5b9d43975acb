/** The label of a discount, with the code of its coupon or promotion. */
export function discountName(source: { coupon_code: string | null; promotion_code: string | null }): string {
  const code = source.coupon_code ?? source.promotion_code;
  return code ? `Discount (${code})` : 'Discount';
}
