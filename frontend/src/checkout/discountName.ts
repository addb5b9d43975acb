/** Where a discount comes from: one of the two. */
export function discountName(source: { coupon_code: string | null; promotion_code: string | null }): string {
  const code = source.coupon_code ?? source.promotion_code;
  return code ? `Discount (${code})` : 'Discount';
}
