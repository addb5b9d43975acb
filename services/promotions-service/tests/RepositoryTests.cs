using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PromotionsService.Tests;

/// <summary>Files of the service that must agree.</summary>
public sealed class RepositoryTests
{
    [Fact]
    public void The_image_is_built_by_the_sdk_that_global_json_names()
    {
        using var globalJson = JsonDocument.Parse(Read("global.json"));
        var sdk = globalJson.RootElement.GetProperty("sdk").GetProperty("version").GetString();
        Assert.Matches($@"(?m)^FROM mcr\.microsoft\.com/dotnet/sdk:{Regex.Escape(sdk!)} ", Read("Dockerfile"));
        Assert.Equal("latestFeature", globalJson.RootElement.GetProperty("sdk").GetProperty("rollForward").GetString());
    }

    [Fact]
    public void Nothing_that_needs_a_runtime_pack_is_asked_for()
    {
        var project = Read("PromotionsService.csproj") + Read("Directory.Build.props") + Read("Dockerfile");
        Assert.DoesNotMatch("RuntimeIdentifier|ReadyToRun|PublishAot|PublishTrimmed|--runtime", project);
        Assert.False(File.Exists(Full("NuGet.config")));
    }

    private static string Read(string file) => File.ReadAllText(Full(file));

    private static string Full(string file, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", file);
}
