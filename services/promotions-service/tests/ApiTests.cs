using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PromotionsService.Tests.Support;

namespace PromotionsService.Tests;

/// <summary>The API as main-service uses it. The client compares every response with the OpenAPI document.</summary>
public sealed class ApiTests : IAsyncLifetime
{
    private Service _service = null!;

    public async ValueTask InitializeAsync() => _service = await Service.StartAsync();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Theory]
    [InlineData(100, 0, null)]
    [InlineData(100.01, 3, "SMALL_ORDER_3")]
    [InlineData(250.10, 12.51, "MEDIUM_ORDER_5")]
    [InlineData(1000, 100, "BIG_ORDER_10")]
    public async Task A_check_gives_the_tier_s_discount(double amount, double discount, string? code)
    {
        var response = await SuccessAsync("/api/promotions/check", new { userId = "user123", country = "DE", amount });
        Assert.Equal(discount, (double)response["discount"]!);
        Assert.Equal(code, (string?)response["promotionCode"]);
    }

    [Theory]
    [InlineData("SAVE20", 100, true, 20, "percentage", "Coupon applied: 20% off")]
    [InlineData("FLAT50", 250.5, true, 50, "fixed", "Coupon applied: 50 USD off")]
    [InlineData("SAVE20", 99.99, false, 0, "percentage", "Minimum order amount of $100 required")]
    [InlineData("NOPE", 500, false, 0, null, "Invalid coupon code")]
    public async Task A_coupon_is_validated(string code, double amount, bool valid, double discount, string? type, string message)
    {
        var response = await SuccessAsync("/api/promotions/validate-coupon", new { couponCode = code, userId = "user123", amount });
        Assert.Equal(
            (valid, discount, type, message),
            ((bool)response["valid"]!, (double)response["discount"]!, (string?)response["discountType"], (string)response["message"]!));
    }

    [Fact]
    public async Task Validation_uses_nothing_up()
    {
        await SuccessAsync("/api/promotions/validate-coupon", new { couponCode = "SAVE20", userId = "user123", amount = 100 });
        Assert.Equal(500, await RemainingAsync("SAVE20"));
    }

    [Fact]
    public async Task A_redemption_counts_once_an_order()
    {
        var body = new { couponCode = "SAVE20", userId = "user123", orderId = "20261127-17" };
        var first = await SuccessAsync("/api/promotions/redeem-coupon", body);
        var second = await SuccessAsync("/api/promotions/redeem-coupon", body);
        Assert.Equal((false, true), ((bool)first["replayed"]!, (bool)second["replayed"]!));
        Assert.Equal((string)first["redeemedAt"]!, (string)second["redeemedAt"]!);
        Assert.Equal(499, await RemainingAsync("SAVE20"));
    }

    [Theory]
    [InlineData("FLAT50", "order-1", HttpStatusCode.Conflict, "redemption-conflict")]
    [InlineData("NOPE", "order-2", HttpStatusCode.NotFound, "coupon-not-found")]
    public async Task A_redemption_that_can_never_succeed_is_a_final_4xx(string code, string order, HttpStatusCode status, string problem)
    {
        await SuccessAsync("/api/promotions/redeem-coupon", new { couponCode = "SAVE20", userId = "user123", orderId = "order-1" });
        var body = new { couponCode = code, userId = "user123", orderId = order };
        var response = await _service.PostAsync("/api/promotions/redeem-coupon", body);
        await Problems.AssertAsync(response, status, problem);
    }

    [Fact]
    public async Task Redemptions_come_in_pages()
    {
        foreach (var order in new[] { "order-2", "order-1", "order-3" })
        {
            await SuccessAsync("/api/promotions/redeem-coupon", new { couponCode = "SAVE20", userId = "user123", orderId = order });
        }

        var first = await GetAsync("/api/promotions/redemptions?limit=2");
        var second = await GetAsync($"/api/promotions/redemptions?limit=2&after={first["nextAfter"]}");
        Assert.Equal(["order-1", "order-2", "order-3"],
            new[] { first, second }.SelectMany(page => page["redemptions"]!.AsArray()).Select(entry => (string)entry!["orderId"]!));
        Assert.Null(second["nextAfter"]);
    }

    [Fact]
    public async Task Coupons_have_the_published_fields()
    {
        var coupons = (await GetAsync("/api/promotions/coupons"))["coupons"]!.AsArray();
        Assert.Equal("""{"code":"FLAT50","discountType":"fixed","discountValue":50,"minAmount":200,"remainingUses":300}""",
            coupons.Single(coupon => (string)coupon!["code"]! == "FLAT50")!.ToJsonString());
        Assert.Equal(5, coupons.Count);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/api/promotions/health")]
    [InlineData("/ready")]
    [InlineData("/api/promotions/coupons")]
    [InlineData("/api/promotions/redemptions")]
    [InlineData("/openapi.json")]
    public async Task Head_is_get_without_a_body(string path)
    {
        var (get, head) = (await _service.Client.GetAsync(path), await _service.Client.SendAsync(new(HttpMethod.Head, path)));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (get.StatusCode, head.StatusCode));
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Health_says_what_every_service_says()
    {
        Assert.Equal("""{"status":"healthy"}""", await _service.Client.GetStringAsync("/health"));
        Assert.Equal("""{"status":"ready","database":"ok"}""", await _service.Client.GetStringAsync("/ready"));
    }

    private async Task<JsonNode> SuccessAsync(string path, object body)
    {
        var response = await _service.PostAsync(path, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task<JsonNode> GetAsync(string path) => (await _service.Client.GetFromJsonAsync<JsonNode>(path))!;

    private async Task<int> RemainingAsync(string code) => (int)(await GetAsync("/api/promotions/coupons"))["coupons"]!.AsArray()
        .Single(coupon => (string)coupon!["code"]! == code)!["remainingUses"]!;
}
