package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"webstore/payments-service/internal/testkit"
)

const (
	body        = `{"user_id":"user_1","order_id":"17","amount":12.5,"currency":"USD","country":"US","payment_method":"credit_card"}`
	callerTrace = "0af7651916cd43dd8448eb211c80319c"
)

// asService makes the test binary run as the service itself: always the code under test, with the race detector if there is one.
const asService = "RUN_AS_PAYMENTS_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(asService) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func serviceCommand(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, arguments...)
	command.Env = append(os.Environ(), asService+"=1", "OTEL_SDK_DISABLED=", "PYROSCOPE_SERVER_ADDRESS=")
	return command
}

// process is the running service.
type process struct {
	t       *testing.T
	command *exec.Cmd
	url     string
	port    string
	output  *os.File
}

// start runs the service until it is healthy; settings are added to the environment.
func start(t *testing.T, settings ...string) *process {
	t.Helper()
	p := launch(t, settings...)
	testkit.Eventually(t, p.isHealthy, testkit.Timeout, "the service starts")
	return p
}

func (p *process) isHealthy() bool {
	answer, err := http.Get(p.url + "/health")
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func launch(t *testing.T, settings ...string) *process {
	t.Helper()
	port := freePort(t)
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	command := serviceCommand(t)
	command.Env = append(append(command.Env, "PORT="+port), settings...)
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t, command, "http://127.0.0.1:" + port, port, output}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_ = output.Close()
		if t.Failed() {
			t.Logf("the service wrote: %s", p.log())
		}
	})
	return p
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

func (p *process) log() string {
	text, _ := os.ReadFile(p.output.Name())
	return string(text)
}

// pay returns the status, or 0 when there is no answer.
func (p *process) pay() int {
	request, err := http.NewRequest(http.MethodPost, p.url+"/api/payments/process", strings.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("traceparent", "00-"+callerTrace+"-b7ad6b7169203331-01")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

// stop sends SIGTERM and returns the exit code and how long the end took; -1 when the process had to be killed.
func (p *process) stop() (int, time.Duration) {
	p.t.Helper()
	start := time.Now()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	killer := time.AfterFunc(30*time.Second, func() { _ = p.command.Process.Kill() })
	defer killer.Stop()
	_ = p.command.Wait()
	return p.command.ProcessState.ExitCode(), time.Since(start)
}
