using Microsoft.AspNetCore.Http.HttpResults;
using PromotionsService.Promotions;
using PromotionsService.Telemetry;

namespace PromotionsService.Http;

/// <summary>The business API: each route calls the domain, reports the fact, then responds.</summary>
public static class PromotionRoutes
{
    public static void MapPromotions(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/promotions").WithTags("promotions");
        api.MapPost("/check", Check).Validated<CheckRequest>().WithName("checkPromotion")
            .WithSummary("The discount that every order of this amount gets")
            .Produces<CheckResponse>();
        api.MapPost("/validate-coupon", ValidateAsync).Validated<ValidateRequest>().WithName("validateCoupon")
            .WithSummary("What a coupon is worth to an order; uses nothing up")
            .Produces<ValidateResponse>().ProducesProblems(503);
        api.MapPost("/redeem-coupon", RedeemAsync).Validated<RedeemRequest>().WithName("redeemCoupon")
            .WithSummary("Use a coupon up for an order, once, however often it is called")
            .Produces<RedeemResponse>().ProducesProblems(404, 409, 503);
        api.MapGet("/coupons", CouponsAsync).WithName("listCoupons")
            .WithSummary("The coupons that can be used now")
            .Produces<CouponsResponse>().ProducesProblems(500, 503);
        api.MapGet("/redemptions", RedemptionsAsync).WithName("listRedemptions")
            .WithSummary("Orders that have used a coupon, by order ID")
            .Produces<RedemptionsResponse>().ProducesProblems(422, 500, 503)
            .AddOpenApiOperationTransformer(OpenApiDocuments.DescribePageAsync);
    }

    private static CheckResponse Check(CheckRequest request, PromotionEvents events)
    {
        var cents = Money.ToCents(request.Amount!.Value);
        var tier = Tier.Of(cents);
        var discount = tier?.Discount(cents) ?? 0;
        events.PromotionChecked(request.UserId, request.Country, cents, tier, discount);
        return CheckResponse.Of(tier, discount);
    }

    private static async Task<ValidateResponse> ValidateAsync(
        ValidateRequest request, ICouponStore coupons, PromotionEvents events, CancellationToken cancellationToken)
    {
        var cents = Money.ToCents(request.Amount!.Value);
        var coupon = await coupons.FindAsync(request.CouponCode, cancellationToken);
        var check = coupon?.Check(cents) ?? CouponCheck.Unknown;
        events.CouponValidated(request.UserId, cents, coupon, check);
        return ValidateResponse.Of(coupon, check);
    }

    private static async Task<IResult> RedeemAsync(
        RedeemRequest request, ICouponStore coupons, PromotionEvents events, CancellationToken cancellationToken)
    {
        var result = await coupons.RedeemAsync(request.OrderId, request.CouponCode, request.UserId, cancellationToken);
        events.RedemptionEnded(request.OrderId, request.UserId, request.CouponCode, result.Outcome);
        return result switch
        {
            { Outcome: RedemptionOutcome.Redeemed, Redemption: { } redemption } => Redeemed(redemption, replayed: false),
            { Outcome: RedemptionOutcome.Replayed, Redemption: { } redemption } => Redeemed(redemption, replayed: true),
            { Outcome: RedemptionOutcome.Conflict } => new ProblemResult(Problem.RedemptionConflict),
            { Outcome: RedemptionOutcome.Exhausted } => new ProblemResult(Problem.CouponExhausted),
            _ => new ProblemResult(Problem.CouponNotFound),
        };
    }

    private static Ok<RedeemResponse> Redeemed(Redemption redemption, bool replayed) => TypedResults.Ok(
        new RedeemResponse(redemption.CouponCode, redemption.OrderId, redemption.RedeemedAt, replayed));

    private static async Task<CouponsResponse> CouponsAsync(ICouponStore coupons, CancellationToken cancellationToken)
    {
        var all = await coupons.ListAsync(cancellationToken);
        return new CouponsResponse([.. all.Where(coupon => coupon.RemainingUses > 0).Select(CouponResponse.Of)]);
    }

    private static async Task<IResult> RedemptionsAsync(HttpRequest request, ICouponStore coupons, CancellationToken cancellationToken)
    {
        var (query, errors) = PageQuery.Read(request.Query);
        if (query is null)
        {
            return new ProblemResult(Problem.ValidationFailed, errors);
        }

        var page = await coupons.RedemptionsAsync(query.After, query.Limit, cancellationToken);
        var next = page.Count == query.Limit ? page[^1].OrderId : null;
        return TypedResults.Ok(new RedemptionsResponse([.. page.Select(RedemptionResponse.Of)], next));
    }

    private static RouteHandlerBuilder Validated<TRequest>(this RouteHandlerBuilder route)
        where TRequest : notnull =>
        route.AddEndpointFilter<ValidationFilter<TRequest>>().ProducesProblems(408, 413, 415, 422, 500);

    private static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            route.Produces<ProblemDocument>(status, Problem.MediaType);
        }

        return route;
    }
}
