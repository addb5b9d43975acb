using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using PromotionsService.Promotions;

namespace PromotionsService.Tests;

/// <summary>Money and discounts, for any amount.</summary>
public class ArithmeticTests
{
    private static readonly Arbitrary<long> s_cents = Gen.Choose(0, 1_000_000_000).Select(cents => (long)cents).ToArbitrary();

    [Property]
    public Property A_percentage_is_the_nearest_cent_and_half_goes_up() => Prop.ForAll(s_cents, Gen.Choose(0, 100).ToArbitrary(),
        (cents, percent) => Money.Percent(cents, percent) == (long)Math.Round(cents * percent / 100m, MidpointRounding.AwayFromZero));

    [Property]
    public Property Dollars_have_the_cents_that_went_in() =>
        Prop.ForAll(s_cents, cents => Money.ToCents(Money.ToDollars(cents)) == cents);

    [Property]
    public Property A_tier_takes_its_share_and_never_more_than_the_order() => Prop.ForAll(s_cents, cents =>
    {
        var expected = cents > 500_00 ? 10 : cents > 200_00 ? 5 : cents > 100_00 ? 3 : 0;
        var discount = Tier.Of(cents)?.Discount(cents) ?? 0;
        return (Tier.Of(cents)?.Percent ?? 0) == expected && discount >= 0 && discount <= cents;
    });

    [Property]
    public Property A_coupon_takes_what_it_says_and_never_more_than_the_order() => Prop.ForAll(s_cents,
        Gen.Elements(Coupon.Initial.ToArray()).ToArbitrary(), (cents, coupon) =>
        {
            var check = coupon.Check(cents);
            var whole = coupon.Type is DiscountType.Fixed ? coupon.Value : Money.Percent(cents, (int)coupon.Value);
            return check.Valid == (cents >= coupon.MinAmountCents)
                && check.DiscountCents == (check.Valid ? Math.Min(cents, whole) : 0);
        });

    [Property]
    public Property A_fixed_discount_above_the_order_takes_all_of_it() => Prop.ForAll(s_cents, cents =>
        new Coupon("X", DiscountType.Fixed, 2_000_000_000, 0, 1).Check(cents).DiscountCents == cents);

    [Theory]
    [InlineData(10_005, 10, 1_001)] // 10.005 dollars
    [InlineData(10_004, 10, 1_000)]
    [InlineData(1, 50, 1)]
    [InlineData(1, 49, 0)]
    public void Half_a_cent_goes_up(long cents, int percent, long expected) => Assert.Equal(expected, Money.Percent(cents, percent));

    [Theory]
    [InlineData(100_00, null, 0)]
    [InlineData(100_01, "SMALL_ORDER_3", 3_00)]
    [InlineData(200_00, "SMALL_ORDER_3", 6_00)]
    [InlineData(200_01, "MEDIUM_ORDER_5", 10_00)]
    [InlineData(500_00, "MEDIUM_ORDER_5", 25_00)]
    [InlineData(500_01, "BIG_ORDER_10", 50_00)]
    public void A_tier_begins_above_its_amount(long cents, string? code, long discount)
    {
        var tier = Tier.Of(cents);
        Assert.Equal((code, discount), (tier?.Code, tier?.Discount(cents) ?? 0));
    }

    [Theory]
    [InlineData("WELCOME10", 50_00, "Coupon applied: 10% off", 5_00)]
    [InlineData("FLAT50", 200_00, "Coupon applied: 50 USD off", 50_00)]
    [InlineData("FLAT50", 199_99, "Minimum order amount of $200 required", 0)]
    public void A_coupon_says_what_it_is_worth(string code, long cents, string message, long discount)
    {
        var check = Coupon.Initial.Single(coupon => coupon.Code == code).Check(cents);
        Assert.Equal((message, discount), (check.Message, check.DiscountCents));
    }

    [Fact]
    public void A_coupon_without_uses_left_is_not_valid()
    {
        var check = new Coupon("X", DiscountType.Percentage, 10, 0, MaxUses: 3, Used: 3).Check(100_00);
        Assert.Equal(new CouponCheck(false, 0, "Coupon has expired or reached maximum uses"), check);
    }
}
